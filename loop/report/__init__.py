"""What people see: progress while it runs, tables and plots afterwards."""
