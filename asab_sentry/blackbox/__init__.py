"""What a process did before it died, told by whoever finds its directory in the spool; and where its loop hangs."""
