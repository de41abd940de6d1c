"""CRM sync for Backoffice: parties kept alike here and in other systems, both ways, by declared fields."""
