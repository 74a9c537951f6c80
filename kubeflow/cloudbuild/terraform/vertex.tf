# Only where `vertex` is set: main may start pipelines on Vertex AI, as the one account
# that is named, and see how they went. Not roles/aiplatform.user, which lets one change
# and delete models, endpoints and data sets, too.
resource "google_project_iam_custom_role" "submitter" {
  count = var.vertex == null ? 0 : 1

  project     = var.project
  role_id     = "${replace(var.name, "-", "_")}_pipeline_submitter"
  title       = "Pipeline submitter (${var.name})"
  description = "Starts pipelines on Vertex AI and sees how they went; changes nothing else."
  permissions = [
    "aiplatform.pipelineJobs.create",
    "aiplatform.pipelineJobs.get",
    "aiplatform.pipelineJobs.list",
  ]

  depends_on = [google_project_service.needed]
}

# Pipeline jobs can be allowed in a project only, not in a part of it.
resource "google_project_iam_member" "main_submits_to_vertex" {
  count = var.vertex == null ? 0 : 1

  project = var.project
  role    = google_project_iam_custom_role.submitter[0].id
  member  = google_service_account.main.member
}

resource "google_service_account_iam_member" "main_acts_as_pipelines" {
  count = var.vertex == null ? 0 : 1

  service_account_id = "projects/${local.pipelines_project}/serviceAccounts/${var.vertex.pipelines_account}"
  role               = "roles/iam.serviceAccountUser"
  member             = google_service_account.main.member
}

locals {
  # The account may be of another project: its e-mail says which.
  pipelines_project = var.vertex == null ? null : regex("@([a-z0-9-]+)\\.", var.vertex.pipelines_account)[0]
}
