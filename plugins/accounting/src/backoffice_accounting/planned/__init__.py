"""What is planned ahead: entries that recur, amounts spread over time, budgets; drafts posted together."""
