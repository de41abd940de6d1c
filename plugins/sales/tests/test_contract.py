"""The questions every plugin is asked."""

from backoffice.core.testing.contract import PluginContract


class TestContract(PluginContract):
    plugin = "sales"

    def happen(self, desk):
        """Pay an order, cancel it and ask for the money back."""
        desk.execute("products.install_units")
        desk.execute("parties.party.create", code="HOTEL", name="Harbour Hotel", customer=True)
        made = desk.execute(
            "sales.order.create", party="HOTEL", date="2026-01-15", invoicing="order",
            lines=[{"description": "Tea", "quantity": "2", "unit_price": "10"}],
        )  # fmt: skip
        number = desk.execute("sales.confirm_order", id=made["id"])["number"]
        desk.execute(
            "sales.record_payment", provider="test", reference="ch_1", order=number, amount="20", currency="GBP"
        )
        desk.execute("sales.cancel_order", id=made["id"], reason="Changed their mind")
        desk.execute("sales.refund_order", id=made["id"])
