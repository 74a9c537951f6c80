# The same three triggers as in ../triggers, for `gcloud builds triggers import`.

resource "google_cloudbuild_trigger" "pull_request" {
  project         = var.project
  location        = var.region
  name            = "${var.name}-pull-request"
  description     = "Checks a pull request and shows what it changes. Writes nothing."
  tags            = [var.name, "pull-request"]
  filename        = "cloudbuild.yaml"
  service_account = google_service_account.pull_request.id
  # The log, with the plan, is in the checks of the pull request on GitHub. The API
  # documents it for the GitHub app alone, and refuses it elsewhere.
  include_build_logs = var.connected_repository == null ? "INCLUDE_BUILD_LOGS_WITH_STATUS" : null

  dynamic "github" {
    for_each = var.connected_repository == null ? [var.github] : []

    content {
      owner = github.value.owner
      name  = github.value.name

      pull_request {
        branch = local.main_branch
        # A change from outside is built after somebody who may write here has read it
        # and commented /gcbrun: the build runs what the change says.
        comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
      }
    }
  }

  dynamic "repository_event_config" {
    for_each = var.connected_repository == null ? [] : [var.connected_repository]

    content {
      repository = repository_event_config.value

      pull_request {
        branch          = local.main_branch
        comment_control = "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
      }
    }
  }

  substitutions = {
    _BASE       = var.main_branch
    _CACHE      = google_storage_bucket.cache.url
    _MAIN_SPECS = local.main_specs
  }
}

resource "google_cloudbuild_trigger" "main" {
  project         = var.project
  location        = var.region
  name            = "${var.name}-main"
  description     = "Builds the image of a commit, compiles with its digest, submits to dev."
  tags            = [var.name, "main"]
  filename        = "kubeflow/cloudbuild/main.yaml"
  service_account = google_service_account.main.id

  dynamic "github" {
    for_each = var.connected_repository == null ? [var.github] : []

    content {
      owner = github.value.owner
      name  = github.value.name

      push {
        branch = local.main_branch
      }
    }
  }

  dynamic "repository_event_config" {
    for_each = var.connected_repository == null ? [] : [var.connected_repository]

    content {
      repository = repository_event_config.value

      push {
        branch = local.main_branch
      }
    }
  }

  substitutions = {
    _IMAGE            = local.image
    _BUILDS           = google_storage_bucket.builds.url
    _CACHE            = google_storage_bucket.cache.url
    _MAIN_SPECS       = local.main_specs
    _KFP_HOST         = var.kfp_host.dev
    _KFP_TOKEN_SECRET = google_secret_manager_secret.kfp_token["dev"].secret_id
  }
}

resource "google_cloudbuild_trigger" "tag" {
  project         = var.project
  location        = var.region
  name            = "${var.name}-tag"
  description     = "Promotes the image and spec of a tagged commit to production. Builds nothing."
  tags            = [var.name, "tag"]
  filename        = "kubeflow/cloudbuild/tag.yaml"
  service_account = google_service_account.tag.id

  approval_config {
    approval_required = true
  }

  dynamic "github" {
    for_each = var.connected_repository == null ? [var.github] : []

    content {
      owner = github.value.owner
      name  = github.value.name

      push {
        tag = var.release_tag
      }
    }
  }

  dynamic "repository_event_config" {
    for_each = var.connected_repository == null ? [] : [var.connected_repository]

    content {
      repository = repository_event_config.value

      push {
        tag = var.release_tag
      }
    }
  }

  substitutions = {
    _IMAGE            = local.image
    _BUILDS           = google_storage_bucket.builds.url
    _KFP_HOST         = var.kfp_host.prod
    _KFP_TOKEN_SECRET = google_secret_manager_secret.kfp_token["prod"].secret_id
  }
}

locals {
  # Empty where git fetches main: as the build files have it by themselves.
  main_specs = var.private_repository ? google_storage_bucket.specs[0].url : ""
  # A whole name, in which a dot is a dot.
  main_branch = "^${replace(var.main_branch, ".", "\\.")}$"
}
