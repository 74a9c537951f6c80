# One account a trigger, and everything that each may do. Rights are on the one
# repository, bucket or secret; what only a project can give says why.

# ── Pull request: reads the cache and main's specs, writes its log ───────────

resource "google_service_account" "pull_request" {
  project      = var.project
  account_id   = "${var.name}-pull-request"
  display_name = "Checks pull requests"
  description  = "Runs code that nobody has reviewed: no secret, nothing to write to."

  depends_on = [google_project_service.needed]
}

# Logs can be written to a project only, not to a part of it.
resource "google_project_iam_member" "pull_request_writes_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.pull_request.member
}

resource "google_storage_bucket_iam_member" "pull_request_reads_cache" {
  bucket = google_storage_bucket.cache.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.pull_request.member
}

# A bucket of specs and nothing else, not a part of that of builds: nobody can list a
# part of a bucket only, and what is put beside the builds later is not for strangers.
resource "google_storage_bucket_iam_member" "pull_request_reads_specs" {
  count = var.private_repository ? 1 : 0

  bucket = google_storage_bucket.specs[0].name
  role   = "roles/storage.objectViewer"
  member = google_service_account.pull_request.member
}

# ── Main: pushes an image, adds to builds, specs and cache, reads the dev token 

resource "google_service_account" "main" {
  project      = var.project
  account_id   = "${var.name}-main"
  display_name = "Builds main"
  description  = "Pushes the image of a commit, records the build, submits to dev."

  depends_on = [google_project_service.needed]
}

resource "google_project_iam_member" "main_writes_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.main.member
}

resource "google_artifact_registry_repository_iam_member" "main_pushes_images" {
  project    = var.project
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.repository_id
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.main.member
}

# To create and to read, but not to delete: what is there cannot be overwritten.
resource "google_storage_bucket_iam_member" "main_adds_builds" {
  bucket = google_storage_bucket.builds.name
  role   = "roles/storage.objectCreator"
  member = google_service_account.main.member
}

resource "google_storage_bucket_iam_member" "main_reads_builds" {
  bucket = google_storage_bucket.builds.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.main.member
}

resource "google_storage_bucket_iam_member" "main_adds_specs" {
  count = var.private_repository ? 1 : 0

  bucket = google_storage_bucket.specs[0].name
  role   = "roles/storage.objectCreator"
  member = google_service_account.main.member
}

resource "google_storage_bucket_iam_member" "main_reads_specs" {
  count = var.private_repository ? 1 : 0

  bucket = google_storage_bucket.specs[0].name
  role   = "roles/storage.objectViewer"
  member = google_service_account.main.member
}

resource "google_storage_bucket_iam_member" "main_adds_cache" {
  bucket = google_storage_bucket.cache.name
  role   = "roles/storage.objectCreator"
  member = google_service_account.main.member
}

resource "google_storage_bucket_iam_member" "main_reads_cache" {
  bucket = google_storage_bucket.cache.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.main.member
}

resource "google_secret_manager_secret_iam_member" "main_reads_dev_token" {
  project   = var.project
  secret_id = google_secret_manager_secret.kfp_token["dev"].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.main.member
}

# ── Tag: makes a tag, reads builds, reads the production token ───────────────
# Not the cache: main writes it, and what it holds would run with that token.

resource "google_service_account" "tag" {
  project      = var.project
  account_id   = "${var.name}-tag"
  display_name = "Promotes releases"
  description  = "Tags an image that main built, uploads its spec to production."

  depends_on = [google_project_service.needed]
}

resource "google_project_iam_member" "tag_writes_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.tag.member
}

# A tag is made by pushing the manifest of the image under its new name, for which the
# registry wants the right to upload. No predefined role has that without the right to
# move tags (tags.update), which this one leaves out: a release is never moved.
resource "google_project_iam_custom_role" "tagger" {
  project     = var.project
  role_id     = "${replace(var.name, "-", "_")}_image_tagger"
  title       = "Image tagger (${var.name})"
  description = "Gives an image a new tag; moves and deletes nothing."
  permissions = [
    "artifactregistry.dockerimages.get",
    "artifactregistry.dockerimages.list",
    "artifactregistry.packages.get",
    "artifactregistry.repositories.downloadArtifacts",
    "artifactregistry.repositories.get",
    "artifactregistry.repositories.uploadArtifacts",
    "artifactregistry.tags.create",
    "artifactregistry.tags.get",
    "artifactregistry.tags.list",
    "artifactregistry.versions.get",
    "artifactregistry.versions.list",
  ]

  depends_on = [google_project_service.needed]
}

resource "google_artifact_registry_repository_iam_member" "tag_tags_images" {
  project    = var.project
  location   = google_artifact_registry_repository.images.location
  repository = google_artifact_registry_repository.images.repository_id
  role       = google_project_iam_custom_role.tagger.id
  member     = google_service_account.tag.member
}

resource "google_storage_bucket_iam_member" "tag_reads_builds" {
  bucket = google_storage_bucket.builds.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.tag.member
}

resource "google_secret_manager_secret_iam_member" "tag_reads_prod_token" {
  project   = var.project
  secret_id = google_secret_manager_secret.kfp_token["prod"].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = google_service_account.tag.member
}

# ── People ───────────────────────────────────────────────────────────────────

# Approval is a right in a project; it lets nobody change a trigger or see a secret.
resource "google_project_iam_member" "approves_releases" {
  for_each = var.approvers

  project = var.project
  role    = "roles/cloudbuild.builds.approver"
  member  = each.value
}
