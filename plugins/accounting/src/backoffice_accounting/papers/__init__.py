"""Papers of the cash desk: vouchers and cheques."""
