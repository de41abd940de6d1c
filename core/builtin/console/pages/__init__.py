"""What each page of the console shows, as plain values: the contract between the views and the templates.

A view fills one of these and hands it to the template of the same name; a template reads nothing else. Values are typed
(``Decimal``, ``date``, ``datetime``); how they look in a language is the filters' work. Texts are labels or already
translated. An address is a path; an empty one means that there is nothing to link to, or that the person may not go
there.
"""

from __future__ import annotations

from .forms import ActionPage, Clash, FormPage, Group, Input, LineForm, LineRow, LineTotal, Problem
from .frame import Choice, Command, Crumb, Empty, NavigationItem, NavigationSection, Notice, Page, Person, Ref, Tone
from .office import (
    ApprovalView,
    ErrorPage,
    Hit,
    ImportPage,
    JobView,
    NotificationView,
    PluginView,
    ProfilePage,
    SessionView,
    SettingsPage,
)
from .records import (
    CardView,
    Change,
    CommentsPanel,
    CommentView,
    DetailPage,
    FilesPanel,
    FileView,
    Handout,
    HistoryPage,
    HomePage,
    Moment,
    Related,
    ReportPage,
    Task,
)
from .tables import ColumnChoice, Fact, Filter, Head, ListPage, Pager, TableRow, TableView, ViewForm

__all__ = [
    "ActionPage",
    "ApprovalView",
    "CardView",
    "Change",
    "Choice",
    "Clash",
    "ColumnChoice",
    "Command",
    "CommentView",
    "CommentsPanel",
    "Crumb",
    "DetailPage",
    "Empty",
    "ErrorPage",
    "Fact",
    "FileView",
    "FilesPanel",
    "Filter",
    "FormPage",
    "Group",
    "Handout",
    "Head",
    "HistoryPage",
    "Hit",
    "HomePage",
    "ImportPage",
    "Input",
    "JobView",
    "LineForm",
    "LineRow",
    "LineTotal",
    "ListPage",
    "Moment",
    "NavigationItem",
    "NavigationSection",
    "Notice",
    "NotificationView",
    "Page",
    "Pager",
    "Person",
    "PluginView",
    "Problem",
    "ProfilePage",
    "Ref",
    "Related",
    "ReportPage",
    "SessionView",
    "SettingsPage",
    "TableRow",
    "TableView",
    "Task",
    "Tone",
    "ViewForm",
]
