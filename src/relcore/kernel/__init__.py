"""What every CRM word is made of: ids, money, time, change, lifecycle, query, and the port to storage."""
