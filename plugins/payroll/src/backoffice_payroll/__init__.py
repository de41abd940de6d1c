"""Payroll for Backoffice: employees, contracts, components with formulas, rates with dates, runs and payslips."""
