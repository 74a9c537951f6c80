# `project` is said in each resource, so that this folder works both as a root module
# and as a module of yours, with whatever provider block you have.
terraform {
  # 1.9 is the first where a validation may look at another variable.
  required_version = ">= 1.9"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = ">= 6.50, < 8.0"
    }
  }
}
