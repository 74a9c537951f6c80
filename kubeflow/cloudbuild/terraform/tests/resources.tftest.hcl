# Triggers, registry, buckets and secrets, and that wrong input is refused. Run by
# `terraform test`, without an account: the provider is a mock.
mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      id     = "projects/acme-ml/serviceAccounts/mock@acme-ml.iam.gserviceaccount.com"
      email  = "mock@acme-ml.iam.gserviceaccount.com"
      member = "serviceAccount:mock@acme-ml.iam.gserviceaccount.com"
    }
  }
}

override_resource {
  target = google_storage_bucket.builds
  values = { url = "gs://acme-ml-tidegate-builds" }
}

override_resource {
  target = google_storage_bucket.specs
  values = { url = "gs://acme-ml-tidegate-specs" }
}

override_resource {
  target = google_storage_bucket.cache
  values = { url = "gs://acme-ml-tidegate-cache" }
}

variables {
  project   = "acme-ml"
  region    = "europe-west1"
  github    = { owner = "acme", name = "pipelines" }
  kfp_host  = { dev = "https://kfp-dev.acme.example", prod = "https://kfp.acme.example" }
  approvers = ["group:releasers@acme.example"]
}

run "triggers_start_on_one_thing_each" {
  assert {
    condition     = google_cloudbuild_trigger.pull_request.github[0].pull_request[0].branch == "^main$"
    error_message = "Pull requests to other branches are built."
  }

  assert {
    condition     = google_cloudbuild_trigger.main.github[0].push[0].branch == "^main$"
    error_message = "Pushes to other branches are built as main."
  }

  assert {
    condition     = google_cloudbuild_trigger.tag.github[0].push[0].tag == "^v[0-9]+\\.[0-9]+\\.[0-9]+$"
    error_message = "Other tags are released."
  }

  assert {
    condition     = google_cloudbuild_trigger.pull_request.github[0].pull_request[0].comment_control == "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
    error_message = "Changes from outside are built before anybody read them."
  }
}

run "a_dot_in_the_branch_is_a_dot" {
  variables {
    main_branch = "release-1.x"
  }

  assert {
    condition     = google_cloudbuild_trigger.main.github[0].push[0].branch == "^release-1\\.x$"
    error_message = "The branch is ${google_cloudbuild_trigger.main.github[0].push[0].branch}."
  }
}

run "a_release_waits_for_approval" {
  assert {
    condition     = google_cloudbuild_trigger.tag.approval_config[0].approval_required
    error_message = "Releases start by themselves."
  }
}

run "builds_get_what_they_need" {
  assert {
    condition = google_cloudbuild_trigger.main.substitutions == tomap({
      _IMAGE            = "europe-west1-docker.pkg.dev/acme-ml/tidegate/tidegate"
      _BUILDS           = "gs://acme-ml-tidegate-builds"
      _CACHE            = "gs://acme-ml-tidegate-cache"
      _MAIN_SPECS       = "gs://acme-ml-tidegate-specs"
      _KFP_HOST         = "https://kfp-dev.acme.example"
      _KFP_TOKEN_SECRET = "tidegate-kfp-token-dev"
    })
    error_message = "Main is told ${jsonencode(google_cloudbuild_trigger.main.substitutions)}."
  }

  assert {
    condition = google_cloudbuild_trigger.tag.substitutions == tomap({
      _IMAGE            = "europe-west1-docker.pkg.dev/acme-ml/tidegate/tidegate"
      _BUILDS           = "gs://acme-ml-tidegate-builds"
      _KFP_HOST         = "https://kfp.acme.example"
      _KFP_TOKEN_SECRET = "tidegate-kfp-token-prod"
    })
    error_message = "The release is told ${jsonencode(google_cloudbuild_trigger.tag.substitutions)}."
  }

  assert {
    condition = google_cloudbuild_trigger.pull_request.substitutions == tomap({
      _BASE       = "main"
      _CACHE      = "gs://acme-ml-tidegate-cache"
      _MAIN_SPECS = "gs://acme-ml-tidegate-specs"
    })
    error_message = "A pull request is told ${jsonencode(google_cloudbuild_trigger.pull_request.substitutions)}."
  }
}

run "a_connected_repository_takes_the_place_of_the_app" {
  variables {
    connected_repository = "projects/acme-ml/locations/europe-west1/connections/github/repositories/pipelines"
  }

  assert {
    condition = alltrue([
      for trigger in [google_cloudbuild_trigger.pull_request, google_cloudbuild_trigger.main, google_cloudbuild_trigger.tag] :
      length(trigger.github) == 0 && length(trigger.repository_event_config) == 1
    ])
    error_message = "A trigger does not listen to the connected repository alone."
  }

  assert {
    condition     = google_cloudbuild_trigger.pull_request.repository_event_config[0].pull_request[0].comment_control == "COMMENTS_ENABLED_FOR_EXTERNAL_CONTRIBUTORS_ONLY"
    error_message = "Changes from outside are built before anybody read them."
  }
}

run "buckets_are_closed_and_builds_are_kept" {
  assert {
    condition = alltrue([
      for bucket in [google_storage_bucket.builds, google_storage_bucket.specs[0], google_storage_bucket.cache] :
      bucket.uniform_bucket_level_access && bucket.public_access_prevention == "enforced" && !bucket.force_destroy
    ])
    error_message = "A bucket could become public, or be deleted with what is in it."
  }

  assert {
    condition     = tonumber(google_storage_bucket.builds.retention_policy[0].retention_period) == 400 * 86400
    error_message = "Builds are kept ${google_storage_bucket.builds.retention_policy[0].retention_period} s."
  }

  assert {
    condition     = !google_storage_bucket.builds.retention_policy[0].is_locked
    error_message = "The retention is locked though nobody asked for it."
  }

  assert {
    condition     = one(one(google_storage_bucket.cache.lifecycle_rule).condition).age == 30
    error_message = "Environments are not deleted after 30 days."
  }

  assert {
    condition     = length(google_storage_bucket.specs[0].lifecycle_rule) == 0
    error_message = "The newest specs go with their age, and plans have nothing to compare with."
  }
}

run "images_of_releases_are_kept_and_no_image_goes_before_its_build" {
  variables {
    keep_builds_days = 10
  }

  assert {
    condition = anytrue([
      for policy in google_artifact_registry_repository.images.cleanup_policies :
      policy.action == "KEEP" && policy.condition[0].tag_prefixes == tolist(["v"])
    ])
    error_message = "Images of releases are not kept."
  }

  assert {
    condition = alltrue([
      for policy in google_artifact_registry_repository.images.cleanup_policies :
      policy.action == "KEEP" || policy.condition[0].older_than == "${11 * 86400}s"
    ])
    error_message = "An image could be deleted before the record of its build."
  }
}

run "a_key_is_used_everywhere" {
  variables {
    kms_key = "projects/acme-ml/locations/europe-west1/keyRings/ring/cryptoKeys/key"
  }

  assert {
    condition = toset([
      google_artifact_registry_repository.images.kms_key_name,
      google_storage_bucket.builds.encryption[0].default_kms_key_name,
      google_storage_bucket.specs[0].encryption[0].default_kms_key_name,
      google_storage_bucket.cache.encryption[0].default_kms_key_name,
      one(google_secret_manager_secret.kfp_token["dev"].replication[0].user_managed[0].replicas).customer_managed_encryption[0].kms_key_name,
      one(google_secret_manager_secret.kfp_token["prod"].replication[0].user_managed[0].replicas).customer_managed_encryption[0].kms_key_name,
    ]) == toset([var.kms_key])
    error_message = "Something is kept under another key."
  }
}

run "nothing_is_switched_off_for_others" {
  assert {
    condition     = alltrue([for one in google_project_service.needed : !one.disable_on_destroy])
    error_message = "Removing this would switch an API off."
  }
}

run "scans_are_a_choice" {
  variables {
    scan_images = false
  }

  assert {
    condition     = google_artifact_registry_repository.images.vulnerability_scanning_config[0].enablement_config == "DISABLED" && !contains(keys(google_project_service.needed), "containerscanning.googleapis.com")
    error_message = "Images are scanned though scan_images is false."
  }
}

# ── Refused ──────────────────────────────────────────────────────────────────

run "a_project_number_is_refused" {
  command         = plan
  expect_failures = [var.project]
  variables {
    project = "123456789"
  }
}

run "a_multi_region_is_refused" {
  command         = plan
  expect_failures = [var.region]
  variables {
    region = "eu"
  }
}

run "a_long_name_is_refused" {
  command         = plan
  expect_failures = [var.name]
  variables {
    name = "tidegate-of-the-growth-team"
  }
}

run "an_address_for_the_owner_is_refused" {
  command         = plan
  expect_failures = [var.github]
  variables {
    github = { owner = "https://github.com/acme", name = "pipelines" }
  }
}

run "a_pattern_for_the_branch_is_refused" {
  command         = plan
  expect_failures = [var.main_branch]
  variables {
    main_branch = ".*"
  }
}

run "a_release_tag_without_end_is_refused" {
  command         = plan
  expect_failures = [var.release_tag]
  variables {
    release_tag = "^v.*"
  }
}

run "a_token_over_http_is_refused" {
  command         = plan
  expect_failures = [var.kfp_host]
  variables {
    kfp_host = { dev = "http://kfp-dev.acme.example", prod = "https://kfp.acme.example" }
  }
}

run "one_installation_for_both_is_refused" {
  command         = plan
  expect_failures = [var.kfp_host]
  variables {
    kfp_host = { dev = "https://kfp.acme.example", prod = "https://kfp.acme.example" }
  }
}

run "the_default_account_for_pipelines_is_refused" {
  command         = plan
  expect_failures = [var.vertex]
  variables {
    vertex = { pipelines_account = "123456789-compute@developer.gserviceaccount.com" }
  }
}

run "everybody_as_approver_is_refused" {
  command         = plan
  expect_failures = [var.approvers]
  variables {
    approvers = ["allAuthenticatedUsers"]
  }
}

run "nobody_as_approver_is_refused" {
  command         = plan
  expect_failures = [var.approvers]
  variables {
    approvers = []
  }
}

run "half_a_day_is_refused" {
  command         = plan
  expect_failures = [var.keep_builds_days]
  variables {
    keep_builds_days = 0.5
  }
}

run "a_key_of_another_region_is_refused" {
  command         = plan
  expect_failures = [var.kms_key]
  variables {
    kms_key = "projects/acme-ml/locations/us-central1/keyRings/ring/cryptoKeys/key"
  }
}
