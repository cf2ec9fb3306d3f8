"""Your own data: files of tables and images are read, previewed, imported and stored under a name of their own."""
