"""CMS for Backoffice: sites of pages in several languages, with revisions, publishing at a set time, and redirects."""
