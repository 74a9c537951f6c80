# What each account may do, and may not. Run by `terraform test`, without an account:
# the provider is a mock.
mock_provider "google" {
  mock_resource "google_service_account" {
    defaults = {
      id     = "projects/acme-ml/serviceAccounts/mock@acme-ml.iam.gserviceaccount.com"
      email  = "mock@acme-ml.iam.gserviceaccount.com"
      member = "serviceAccount:mock@acme-ml.iam.gserviceaccount.com"
    }
  }
}

# Every account has a member of its own, so that a right given to the wrong one shows.
override_resource {
  target = google_service_account.pull_request
  values = {
    id     = "projects/acme-ml/serviceAccounts/tidegate-pull-request@acme-ml.iam.gserviceaccount.com"
    email  = "tidegate-pull-request@acme-ml.iam.gserviceaccount.com"
    member = "serviceAccount:tidegate-pull-request@acme-ml.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.main
  values = {
    id     = "projects/acme-ml/serviceAccounts/tidegate-main@acme-ml.iam.gserviceaccount.com"
    email  = "tidegate-main@acme-ml.iam.gserviceaccount.com"
    member = "serviceAccount:tidegate-main@acme-ml.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_service_account.tag
  values = {
    id     = "projects/acme-ml/serviceAccounts/tidegate-tag@acme-ml.iam.gserviceaccount.com"
    email  = "tidegate-tag@acme-ml.iam.gserviceaccount.com"
    member = "serviceAccount:tidegate-tag@acme-ml.iam.gserviceaccount.com"
  }
}

override_resource {
  target = google_project_iam_custom_role.tagger
  values = { id = "projects/acme-ml/roles/tidegate_image_tagger" }
}

variables {
  project   = "acme-ml"
  region    = "europe-west1"
  github    = { owner = "acme", name = "pipelines" }
  kfp_host  = { dev = "https://kfp-dev.acme.example", prod = "https://kfp.acme.example" }
  approvers = ["group:releasers@acme.example"]
}

run "every_trigger_runs_as_its_own_account" {
  assert {
    condition = length(distinct([
      google_cloudbuild_trigger.pull_request.service_account,
      google_cloudbuild_trigger.main.service_account,
      google_cloudbuild_trigger.tag.service_account,
    ])) == 3
    error_message = "Two triggers share an account."
  }

  assert {
    condition     = google_cloudbuild_trigger.tag.service_account == "projects/acme-ml/serviceAccounts/tidegate-tag@acme-ml.iam.gserviceaccount.com"
    error_message = "The trigger of releases runs as ${google_cloudbuild_trigger.tag.service_account}."
  }
}

run "a_pull_request_reads_cache_and_specs_and_writes_its_log" {
  assert {
    condition = {
      log   = google_project_iam_member.pull_request_writes_logs.role
      cache = google_storage_bucket_iam_member.pull_request_reads_cache.role
      specs = google_storage_bucket_iam_member.pull_request_reads_specs[0].role
      } == {
      log   = "roles/logging.logWriter"
      cache = "roles/storage.objectViewer"
      specs = "roles/storage.objectViewer"
    }
    error_message = "A pull request has another right than to read cache and specs and write its log."
  }

  assert {
    condition = {
      cache = google_storage_bucket_iam_member.pull_request_reads_cache.bucket
      specs = google_storage_bucket_iam_member.pull_request_reads_specs[0].bucket
      } == {
      cache = "acme-ml-tidegate-cache"
      specs = "acme-ml-tidegate-specs"
    }
    error_message = "A pull request reads another bucket than the cache and that of specs."
  }

  assert {
    condition     = google_storage_bucket_iam_member.pull_request_reads_specs[0].member == "serviceAccount:tidegate-pull-request@acme-ml.iam.gserviceaccount.com"
    error_message = "Somebody else reads the specs."
  }
}

run "pull_requests_of_a_public_repository_read_the_cache_only" {
  variables {
    private_repository = false
  }

  assert {
    condition = length(concat(
      google_storage_bucket.specs,
      google_storage_bucket_iam_member.pull_request_reads_specs,
      google_storage_bucket_iam_member.main_adds_specs,
      google_storage_bucket_iam_member.main_reads_specs,
    )) == 0
    error_message = "There are specs for pull requests that can fetch main."
  }

  assert {
    condition = toset([
      google_cloudbuild_trigger.pull_request.substitutions["_MAIN_SPECS"],
      google_cloudbuild_trigger.main.substitutions["_MAIN_SPECS"],
    ]) == toset([""])
    error_message = "A build is told of specs that nobody keeps."
  }
}

run "main_adds_and_reads_but_overwrites_nothing" {
  assert {
    condition = toset([
      google_storage_bucket_iam_member.main_adds_builds.role,
      google_storage_bucket_iam_member.main_reads_builds.role,
      google_storage_bucket_iam_member.main_adds_specs[0].role,
      google_storage_bucket_iam_member.main_reads_specs[0].role,
      google_storage_bucket_iam_member.main_adds_cache.role,
      google_storage_bucket_iam_member.main_reads_cache.role,
    ]) == toset(["roles/storage.objectCreator", "roles/storage.objectViewer"])
    error_message = "Main may do more than create and read objects."
  }

  assert {
    condition     = google_artifact_registry_repository_iam_member.main_pushes_images.repository == "tidegate"
    error_message = "Main pushes to another repository than its own."
  }
}

run "each_token_is_read_by_one_account" {
  assert {
    condition = {
      dev  = google_secret_manager_secret_iam_member.main_reads_dev_token.member
      prod = google_secret_manager_secret_iam_member.tag_reads_prod_token.member
      } == {
      dev  = "serviceAccount:tidegate-main@acme-ml.iam.gserviceaccount.com"
      prod = "serviceAccount:tidegate-tag@acme-ml.iam.gserviceaccount.com"
    }
    error_message = "A token is read by another account."
  }

  assert {
    condition = {
      dev  = google_secret_manager_secret_iam_member.main_reads_dev_token.secret_id
      prod = google_secret_manager_secret_iam_member.tag_reads_prod_token.secret_id
      } == {
      dev  = "tidegate-kfp-token-dev"
      prod = "tidegate-kfp-token-prod"
    }
    error_message = "An account reads another token than its own."
  }
}

run "a_release_makes_tags_but_moves_and_deletes_none" {
  assert {
    condition = alltrue([
      for permission in google_project_iam_custom_role.tagger.permissions :
      endswith(permission, ".get") || endswith(permission, ".list") || contains([
        "artifactregistry.repositories.downloadArtifacts",
        "artifactregistry.repositories.uploadArtifacts",
        "artifactregistry.tags.create",
      ], permission)
    ])
    error_message = "The tagger may do more: ${join(", ", google_project_iam_custom_role.tagger.permissions)}."
  }

  assert {
    condition     = contains(google_project_iam_custom_role.tagger.permissions, "artifactregistry.tags.create")
    error_message = "The tagger cannot make a tag."
  }

  assert {
    condition     = google_artifact_registry_repository_iam_member.tag_tags_images.role == "projects/acme-ml/roles/tidegate_image_tagger"
    error_message = "The account of releases has another role in the registry."
  }
}

run "without_vertex_main_may_do_nothing_there" {
  assert {
    condition = length(concat(
      google_project_iam_custom_role.submitter,
      google_project_iam_member.main_submits_to_vertex,
      google_service_account_iam_member.main_acts_as_pipelines,
    )) == 0
    error_message = "There are rights on Vertex AI without `vertex`."
  }

  assert {
    condition     = !contains(keys(google_project_service.needed), "aiplatform.googleapis.com")
    error_message = "Vertex AI is switched on without `vertex`."
  }
}

run "with_vertex_main_acts_as_the_one_account" {
  variables {
    vertex = { pipelines_account = "pipelines@acme-runs.iam.gserviceaccount.com" }
  }

  assert {
    condition     = google_service_account_iam_member.main_acts_as_pipelines[0].service_account_id == "projects/acme-runs/serviceAccounts/pipelines@acme-runs.iam.gserviceaccount.com"
    error_message = "Main may act as another account."
  }

  assert {
    condition     = alltrue([for one in google_project_iam_custom_role.submitter[0].permissions : startswith(one, "aiplatform.pipelineJobs.")])
    error_message = "Main may do more on Vertex AI than submit pipelines."
  }

  assert {
    condition     = contains(keys(google_project_service.needed), "aiplatform.googleapis.com")
    error_message = "Vertex AI is not switched on."
  }
}

run "only_people_that_are_named_approve" {
  assert {
    condition     = { for who, one in google_project_iam_member.approves_releases : who => one.role } == { "group:releasers@acme.example" = "roles/cloudbuild.builds.approver" }
    error_message = "Somebody else approves, or may do more."
  }
}
