# What is not listed is not switched on. Nothing is switched off when this is
# destroyed: others in the project may need it.
locals {
  services = toset(concat(
    [
      "artifactregistry.googleapis.com",
      "cloudbuild.googleapis.com",
      # Where Cloud Build keeps an image's provenance.
      "containeranalysis.googleapis.com",
      "iam.googleapis.com",
      "logging.googleapis.com",
      "secretmanager.googleapis.com",
      "storage.googleapis.com",
    ],
    var.scan_images ? ["containerscanning.googleapis.com"] : [],
    var.vertex == null ? [] : ["aiplatform.googleapis.com"],
  ))
}

resource "google_project_service" "needed" {
  for_each = local.services

  project            = var.project
  service            = each.value
  disable_on_destroy = false
}
