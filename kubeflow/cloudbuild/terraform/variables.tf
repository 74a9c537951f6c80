# ── Where ────────────────────────────────────────────────────────────────────

variable "project" {
  description = "ID of the Google Cloud project (not its name or number)."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "A project's ID has 6 to 30 lower-case letters, digits and hyphens, such as acme-ml; `gcloud projects list` shows it."
  }
}

variable "region" {
  description = "Region of the triggers, registry, buckets and secrets."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "Say one region, such as europe-west1: secrets and triggers cannot be in a multi-region."
  }
}

variable "name" {
  description = "What every resource's name starts with."
  type        = string
  default     = "tidegate"

  validation {
    # An account's ID has at most 30 characters, "-pull-request" among them.
    condition     = can(regex("^[a-z][a-z0-9-]{1,15}[a-z0-9]$", var.name))
    error_message = "3 to 17 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "labels" {
  description = "Labels of the registry, buckets and secrets."
  type        = map(string)
  default     = {}
}

# ── The repository ───────────────────────────────────────────────────────────

variable "github" {
  description = "The repository on GitHub, connected to Cloud Build in this project and region."
  type = object({
    owner = string
    name  = string
  })

  validation {
    condition     = can(regex("^[A-Za-z0-9-]+$", var.github.owner)) && can(regex("^[A-Za-z0-9._-]+$", var.github.name))
    error_message = "Say owner and name as in https://github.com/OWNER/NAME, without the address."
  }
}

variable "connected_repository" {
  description = "With a second-generation connection: projects/P/locations/R/connections/C/repositories/N. Null: the first-generation GitHub app."
  type        = string
  default     = null

  validation {
    condition     = var.connected_repository == null || can(regex("^projects/[^/]+/locations/[^/]+/connections/[^/]+/repositories/[^/]+$", var.connected_repository))
    error_message = "Say the whole name, as `gcloud builds repositories list --connection=… --format='value(name)'` shows it."
  }
}

variable "private_repository" {
  description = "A build cannot fetch main, so the plan of a pull request reads what main's build kept for it. False for a public repository, whose pull requests need no such right."
  type        = bool
  default     = true
}

variable "main_branch" {
  description = "The branch that pull requests go to and that is built on each push."
  type        = string
  default     = "main"

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9._/-]*$", var.main_branch))
    error_message = "Say one branch by its name; patterns would let other branches build with main's rights."
  }
}

variable "release_tag" {
  description = "Pattern (RE2) of the tags that are releases."
  type        = string
  default     = "^v[0-9]+\\.[0-9]+\\.[0-9]+$"

  validation {
    condition     = startswith(var.release_tag, "^v") && endswith(var.release_tag, "$")
    error_message = "The pattern starts with ^v and ends with $: images whose tags start with v are never cleaned up."
  }
}

# ── Kubeflow Pipelines and Vertex AI ─────────────────────────────────────────

variable "kfp_host" {
  description = "Address of Kubeflow Pipelines for development and for production."
  type = object({
    dev  = string
    prod = string
  })

  validation {
    condition     = alltrue([for host in [var.kfp_host.dev, var.kfp_host.prod] : can(regex("^https://[^/?#@[:space:]]+(/[^?#@[:space:]]*)?$", host))])
    error_message = "Both are https:// addresses without user, query or fragment: a token is sent there."
  }

  validation {
    condition     = var.kfp_host.dev != var.kfp_host.prod
    error_message = "Development and production are two installations: each push to main is submitted to dev."
  }
}

variable "vertex" {
  description = "With Vertex AI: the account that pipelines run as, which the build of main may use. Null: main may do nothing on Vertex AI."
  type = object({
    pipelines_account = string
  })
  default = null

  validation {
    condition     = var.vertex == null || can(regex("^[a-z0-9-]+@[a-z0-9-]+\\.iam\\.gserviceaccount\\.com$", var.vertex.pipelines_account))
    error_message = "Say the e-mail of a service account made for pipelines, not a default one: NAME@PROJECT.iam.gserviceaccount.com."
  }
}

# ── People ───────────────────────────────────────────────────────────────────

variable "approvers" {
  description = "Who may approve a release: group:NAME@DOMAIN or user:NAME@DOMAIN."
  type        = set(string)

  validation {
    condition     = length(var.approvers) > 0 && alltrue([for member in var.approvers : can(regex("^(group|user):[^@[:space:]]+@[^@[:space:]]+$", member))])
    error_message = "Name at least one group:… or user:…; a service account cannot approve what a person has to."
  }
}

# ── Keeping and cost ─────────────────────────────────────────────────────────

variable "keep_builds_days" {
  description = "Days for which what main built can be released, and nobody can delete it."
  type        = number
  default     = 400

  validation {
    # The longest retention period of a bucket is 100 years.
    condition     = var.keep_builds_days >= 1 && var.keep_builds_days <= 24855 && floor(var.keep_builds_days) == var.keep_builds_days
    error_message = "Whole days, 1 to 24855 (the provider takes less than 2,147,483,647 seconds)."
  }
}

variable "lock_builds" {
  description = "Lock the retention of builds: cannot be undone, by anybody, until the last one has expired."
  type        = bool
  default     = false
}

variable "keep_cache_days" {
  description = "Days after which a cached environment is deleted and made anew."
  type        = number
  default     = 30

  validation {
    condition     = var.keep_cache_days >= 1 && floor(var.keep_cache_days) == var.keep_cache_days
    error_message = "Whole days, at least 1."
  }
}

variable "scan_images" {
  description = "Scan pushed images for known vulnerabilities (charged for each image)."
  type        = bool
  default     = true
}

variable "kms_key" {
  description = "Cloud KMS key in the same region, for registry, buckets and secrets. Null: keys of Google."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key == null || can(regex("^projects/[^/]+/locations/${var.region}/keyRings/[^/]+/cryptoKeys/[^/]+$", var.kms_key))
    error_message = "Say projects/P/locations/REGION/keyRings/R/cryptoKeys/K, in the same region."
  }
}
