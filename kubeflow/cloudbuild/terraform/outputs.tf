output "image" {
  description = "Where images are pushed to: the builds' _IMAGE."
  value       = local.image
}

output "builds" {
  description = "Where builds are recorded: the builds' _BUILDS."
  value       = google_storage_bucket.builds.url
}

output "specs" {
  description = "Where pull requests read what main was compiled to: the builds' _MAIN_SPECS."
  value       = local.main_specs
}

output "cache" {
  description = "Where environments are kept: the builds' _CACHE."
  value       = google_storage_bucket.cache.url
}

output "accounts" {
  description = "The account of each trigger."
  value = {
    pull_request = google_service_account.pull_request.email
    main         = google_service_account.main.email
    tag          = google_service_account.tag.email
  }
}

output "secrets" {
  description = "Secrets that wait for a value: gcloud secrets versions add NAME --data-file=-"
  value       = { for name, secret in google_secret_manager_secret.kfp_token : name => secret.secret_id }
}
