"""Actions. Each is a button or form, a REST call, a command and a permission."""

from __future__ import annotations

from backoffice_crm_sync.models import RUN_KINDS

from backoffice.hookspecs import Action, Field, messages

_ = messages("crm_sync")

HERE = "backoffice_crm_sync.actions"
SIDES = {"ours": _("Ours"), "theirs": _("Theirs")}

ACTIONS = [
    Action(
        "crm_sync.sync_now",
        f"{HERE}:sync_now",
        label=_("Keep alike now"),
        help=_("Asks the worker for a run. A trial says what would be written, and writes nothing."),
        resource="crm_sync.backend",
        fields=(Field("kind", "choice", choices=RUN_KINDS, label=_("Kind"), default="changes"),),
        icon="bolt",
    ),
    Action(
        "crm_sync.set_secret",
        f"{HERE}:set_secret",
        label=_("Set the secret"),
        help=_("A token, or the secret of a client. It is stored encrypted and never shown again."),
        resource="crm_sync.backend",
        fields=(Field("secret", "text", label=_("Secret"), length=1000, required=True, secret=True),),
        icon="key",
    ),
    Action(
        "crm_sync.propose_fields",
        f"{HERE}:propose_fields",
        label=_("Add usual fields"),
        help=_("Adds the fields such systems usually have, those of ours that are not mapped yet."),
        resource="crm_sync.backend",
    ),
    Action(
        "crm_sync.decide",
        f"{HERE}:decide",
        label=_("Decide"),
        help=_("Takes one side's value; the other side gets it."),
        resource="crm_sync.conflict",
        when=("state", ("open",)),
        fields=(Field("take", "choice", choices=SIDES, label=_("Take"), required=True),),
        icon="check",
    ),
    Action(
        "crm_sync.undo",
        f"{HERE}:undo",
        label=_("Take back"),
        help=_("Writes back here what the run overwrote, and puts away whom it created. The next run tells them."),
        resource="crm_sync.run",
        when=("state", ("done", "stopped")),
        destructive=True,
        confirm=_("What was changed again since stays as it is."),
        icon="undo",
    ),
    Action(
        "crm_sync.part",
        f"{HERE}:part",
        label=_("Keep apart"),
        help=_("From here on each side changes its record alone."),
        resource="crm_sync.link",
        when=("state", ("linked", "conflict", "failed", "gone")),
    ),
    Action(
        "crm_sync.rejoin",
        f"{HERE}:rejoin",
        label=_("Keep alike again"),
        help=_("The next run compares the two again."),
        resource="crm_sync.link",
        when=("state", ("apart", "failed", "gone")),
    ),
]
