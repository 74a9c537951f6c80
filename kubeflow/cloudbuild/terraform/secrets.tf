# The names of two secrets, and who may read them. Values never come here, so that none
# is in the state: the README adds them by gcloud.
locals {
  secrets = {
    dev  = "${var.name}-kfp-token-dev"
    prod = "${var.name}-kfp-token-prod"
  }
}

resource "google_secret_manager_secret" "kfp_token" {
  for_each = local.secrets

  project   = var.project
  secret_id = each.value
  labels    = var.labels

  replication {
    user_managed {
      replicas {
        location = var.region

        dynamic "customer_managed_encryption" {
          for_each = var.kms_key == null ? [] : [var.kms_key]

          content {
            kms_key_name = customer_managed_encryption.value
          }
        }
      }
    }
  }

  depends_on = [google_project_service.needed]
}
