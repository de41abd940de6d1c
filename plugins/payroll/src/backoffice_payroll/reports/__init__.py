"""Reports of payroll: about one run, about a year, and about a payslip that is only tried."""
