"""Actions. Each is a button or form, a REST call, a command and a permission."""

from __future__ import annotations

from backoffice.hookspecs import Action, Approval, Field, messages

_ = messages("payroll")

HERE = "backoffice_payroll.actions"

REASON = Field("reason", "text", label=_("Reason"), length=200, required=True)
AGAINST = Field(
    "against", "code", label=_("Posted against"), length=40, help=_("A purpose; left empty, bank.")
)  # fmt: skip

ACTIONS = [
    Action(
        "payroll.compute",
        f"{HERE}:compute",
        label=_("Work out"),
        help=_("Works out the payslip of everybody this run pays, in place of those worked out before."),
        resource="payroll.run",
        when=("state", ("draft", "computed")),
        icon="bolt",
    ),
    Action(
        "payroll.approve",
        f"{HERE}:approve",
        label=_("Approve"),
        help=_("Makes the payslips final and posts them."),
        resource="payroll.run",
        when=("state", ("computed",)),
        approval=Approval(),
        confirm=_("The payslips become final, their employees see them, and the books are posted."),
        icon="check",
    ),
    Action(
        "payroll.reopen",
        f"{HERE}:reopen",
        label=_("Back to draft"),
        help=_("Forgets what was worked out, so that the run can be changed."),
        resource="payroll.run",
        when=("state", ("computed",)),
    ),
    Action(
        "payroll.pay",
        f"{HERE}:pay",
        label=_("Money was sent"),
        help=_("Posts the payment of all net pay of the run."),
        resource="payroll.run",
        when=("state", ("approved",)),
        fields=(Field("date", "date", label=_("Date"), help=_("Left empty, the day of payment.")), AGAINST),
        icon="bank",
    ),
    Action(
        "payroll.send",
        f"{HERE}:send",
        label=_("Send payslips"),
        help=_("Mails each employee who has an address their payslip."),
        resource="payroll.run",
        when=("state", ("approved", "paid")),
        icon="mail",
    ),
    Action(
        "payroll.unpay",
        f"{HERE}:unpay",
        label=_("Take the payment back"),
        help=_("Posts the opposite of the payment."),
        resource="payroll.run",
        when=("state", ("paid",)),
        fields=(REASON, AGAINST),
        icon="undo",
    ),
    Action(
        "payroll.undo",
        f"{HERE}:undo",
        label=_("Take back"),
        help=_("Takes the approved run back: its payslips count no more, opposite entries are posted."),
        resource="payroll.run",
        when=("state", ("approved",)),
        fields=(REASON, Field("date", "date", label=_("Date"), help=_("Left empty, the day it was posted on."))),
        destructive=True,
        confirm=_("All payslips of this run are taken back and opposite entries are posted."),
        icon="undo",
    ),
    Action(
        "payroll.install_examples",
        f"{HERE}:install_examples",
        label=_("Add usual components"),
        help=_("Adds basic pay, allowances, overtime, bonus and advances with a monthly structure, to begin with."),
        menu="settings",
    ),
]
