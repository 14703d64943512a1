"""Where events and breadcrumbs come from."""
