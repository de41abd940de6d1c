"""Companies to look at Backoffice with: what ``backoffice demo`` loads."""
