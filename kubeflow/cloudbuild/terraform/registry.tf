# One repository of images. Tags can be moved in it, because the layer cache is a tag
# that moves with each build. Nothing runs by tag, though: specs name digests, and the
# account that releases may make a tag, but neither move nor delete one.
resource "google_artifact_registry_repository" "images" {
  project       = var.project
  location      = var.region
  repository_id = var.name
  description   = "Images of pipelines, built from main."
  format        = "DOCKER"
  kms_key_name  = var.kms_key
  labels        = var.labels

  docker_config {
    immutable_tags = false
  }

  vulnerability_scanning_config {
    enablement_config = var.scan_images ? "INHERITED" : "DISABLED"
  }

  # A policy that keeps wins over one that deletes.
  cleanup_policies {
    id     = "keep-releases"
    action = "KEEP"

    condition {
      tag_state    = "TAGGED"
      tag_prefixes = ["v"]
    }
  }

  # As long as the record of a build is there, so is its image.
  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"

    condition {
      tag_state  = "ANY"
      older_than = "${(var.keep_builds_days + 1) * 86400}s"
    }
  }

  depends_on = [google_project_service.needed]
}

locals {
  image = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}/tidegate"
}
