from backoffice.hookspecs import Resource, hookimpl, messages

_ = messages("acme_fleet")


@hookimpl
def models():
    from .models import Base

    return Base


@hookimpl
def resources():
    from .models import Vehicle

    shown, words = ("plate", "service_due"), {"label": _("Vehicle"), "plural": _("Vehicles")}
    return [Resource("acme_fleet.vehicle", Vehicle, columns=shown, sorts=shown, menu="stock", **words)]
