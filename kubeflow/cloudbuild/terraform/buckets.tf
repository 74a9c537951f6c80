# What main built of each commit: image digest, specs and their digests. Releases are
# made of nothing else. Until an object is old enough nobody can delete or overwrite
# it, owners of the project included; they can shorten the period, until it is locked.
resource "google_storage_bucket" "builds" {
  project                     = var.project
  name                        = "${var.project}-${var.name}-builds"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = var.labels

  retention_policy {
    retention_period = var.keep_builds_days * 86400
    is_locked        = var.lock_builds
  }

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.needed]
}

# What main was compiled to, one file a commit, for the plans of pull requests: a build
# of a private repository has no right to fetch main. Read by code that nobody has
# reviewed, so that nothing else may ever be kept here.
resource "google_storage_bucket" "specs" {
  count = var.private_repository ? 1 : 0

  project                     = var.project
  name                        = "${var.project}-${var.name}-specs"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = var.labels

  # No age deletes: the newest one has to be there, however seldom main is built. What
  # an owner removes by hand can be had back for a week.
  soft_delete_policy {
    retention_duration_seconds = 604800
  }

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.needed]
}

# Environments by the digest of their locks. They can be made anew at any time, so
# nothing is retained, and what is deleted is gone at once.
resource "google_storage_bucket" "cache" {
  project                     = var.project
  name                        = "${var.project}-${var.name}-cache"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = var.labels

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }

    condition {
      age = var.keep_cache_days
    }
  }

  dynamic "encryption" {
    for_each = var.kms_key == null ? [] : [var.kms_key]

    content {
      default_kms_key_name = encryption.value
    }
  }

  depends_on = [google_project_service.needed]
}
