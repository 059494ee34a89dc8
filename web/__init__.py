"""What all HTTP faces share: the actor, the unit of work, gates, forms, paging and errors."""
