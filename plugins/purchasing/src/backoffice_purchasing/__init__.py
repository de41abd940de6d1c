"""Purchasing for Backoffice: prices of suppliers, requests for quotation, orders, receipts, returns, bills."""
