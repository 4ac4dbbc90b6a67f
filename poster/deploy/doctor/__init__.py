"""poster doctor: a checkout, its volume and this machine -> what would keep it from serving."""
