"""People and organisations a back office deals with: customers, suppliers, employees, authorities."""
