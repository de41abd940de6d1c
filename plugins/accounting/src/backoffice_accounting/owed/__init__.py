"""What customers owe: aged lists, statements of account, reminders."""
