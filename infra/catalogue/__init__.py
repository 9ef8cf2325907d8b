"""目录 outside: one folder of reviewable files per county, the loader that refuses what is wrong in them, the store."""
