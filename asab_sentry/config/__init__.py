"""What a service is told, and by whom: its configuration, the environment, what is found."""
