"""STS: who calls."""

from __future__ import annotations

from kong_secure.sandbox.aws.extension.answering import ActionResult, Answering


class Identity(Answering):
    """Calls to STS."""

    service = "sts"

    def get_caller_identity(self) -> ActionResult:
        """GetCallerIdentity: the account's own root."""
        return ActionResult(
            {
                "Account": self.account,
                "Arn": f"arn:aws:iam::{self.account}:user/sandbox",
                "UserId": "AIDASANDBOXSANDBOXSAN",
            }
        )
