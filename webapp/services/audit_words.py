"""What each entry of the audit says in words: the one place where actions are named to people."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {
    "access": "People and access",
    "clients": "Customers",
    "projects": "Projects",
    "imports": "Imports",
    "finance": "Connections and sync",
    "outside": "Written at a provider",
}
"""The kinds of entries people filter by."""


@dataclass(frozen=True, slots=True)
class Words:
    """An action: its kind, what was done, and what its subject is the id of, if that has a page or a name."""

    kind: str
    text: str
    subject: str = ""


ACTIONS: dict[str, Words] = {
    "user.added": Words("access", "Added a user by command", "user"),
    "user.joined": Words("access", "Joined by an invitation", "user"),
    "user.logged_in": Words("access", "Logged in", "user"),
    "user.password_changed": Words("access", "Changed a password", "user"),
    "user.password_reset": Words("access", "Chose a new password by a link", "user"),
    "user.two_factor_on": Words("access", "Turned two-factor on", "user"),
    "user.two_factor_off": Words("access", "Turned two-factor off", "user"),
    "user.recovery_code_used": Words("access", "Logged in with a recovery code", "user"),
    "user.recovery_codes_renewed": Words("access", "Made new recovery codes", "user"),
    "user.profile_changed": Words("access", "Changed a user's profile", "user"),
    "user.disabled": Words("access", "Disabled a login everywhere", "user"),
    "user.enabled": Words("access", "Enabled a login again", "user"),
    "user.erased": Words("access", "Erased a person"),
    "member.disabled": Words("access", "Disabled a user in this portal", "user"),
    "member.enabled": Words("access", "Enabled a user in this portal", "user"),
    "member.removed": Words("access", "Removed a user from this portal", "user"),
    "member.projects_changed": Words("access", "Changed a user's projects", "user"),
    "invitation.made": Words("access", "Invited somebody", "invitation"),
    "invitation.sent_again": Words("access", "Sent an invitation again", "invitation"),
    "invitation.withdrawn": Words("access", "Withdrew an invitation", "invitation"),
    "client.joined": Words("access", "Joined as a client user", "contact"),
    "client.disabled": Words("access", "Disabled a client user", "contact"),
    "client.enabled": Words("access", "Enabled a client user", "contact"),
    "user.exported": Words("access", "Took along what is kept about a user", "user"),
    "contact.exported": Words("access", "Took along what is kept about a contact", "contact"),
    "portal.deletion_asked": Words("access", "Asked for the portal to be deleted"),
    "portal.deletion_withdrawn": Words("access", "Took back that the portal be deleted"),
    "profile.added": Words("access", "Added a profile", "profile"),
    "profile.changed": Words("access", "Changed a profile", "profile"),
    "profile.removed": Words("access", "Deleted a profile"),
    "portal.added": Words("access", "Made the portal"),
    "portal.two_factor_set": Words("access", "Changed whether two-factor is required"),
    "audit.erased": Words("access", "Erased what earlier entries said"),
    "secret.resealed": Words("access", "Sealed a secret with a new key"),
    "secret.given_up": Words("access", "Gave up a secret whose key is lost"),
    "portal.duplicates_set": Words("imports", "Changed what imports do with duplicates"),
    "import.confirmed": Words("imports", "Confirmed an import", "run"),
    "import.cancelled": Words("imports", "Cancelled an import", "run"),
    "import.undone": Words("imports", "Undid an import", "run"),
    "import.never": Words("imports", "Marked a customer as never to be imported"),
    "import.never_taken_back": Words("imports", "Let a customer be imported again"),
    "import.kept_apart": Words("imports", "Kept two customers apart", "customer"),
    "import.apart_taken_back": Words("imports", "Let two customers be taken for one again", "customer"),
    "customer.deleted": Words("clients", "Deleted a customer", "customer"),
    "customer.restored": Words("clients", "Restored a customer", "customer"),
    "customer.merged": Words("clients", "Merged two customers", "customer"),
    "customer.unlinked": Words("clients", "Unlinked a customer", "customer"),
    "customer.marked_inactive": Words("clients", "Marked a customer inactive", "customer"),
    "contact.deleted": Words("clients", "Deleted a contact", "contact"),
    "contact.restored": Words("clients", "Restored a contact", "contact"),
    "contact.erased": Words("clients", "Erased a contact"),
    "contact.erasure_wanted": Words("clients", "Asked for a contact to be erased"),
    "customers.delete": Words("clients", "Deleted several customers"),
    "customers.inactive": Words("clients", "Marked several customers inactive"),
    "customers.active": Words("clients", "Marked several customers active"),
    "customers.delete.undone": Words("clients", "Took back deleting several customers"),
    "customers.inactive.undone": Words("clients", "Took back marking several customers inactive"),
    "customers.active.undone": Words("clients", "Took back marking several customers active"),
    "bin.restored": Words("clients", "Restored from the bin"),
    "bin.erased": Words("clients", "Erased from the bin"),
    "project.added": Words("projects", "Added a project", "project"),
    "project.changed": Words("projects", "Changed a project", "project"),
    "project.deleted": Words("projects", "Deleted a project"),
    "project.members_added": Words("projects", "Added users to a project", "project"),
    "project.member_removed": Words("projects", "Took a user off a project", "project"),
    "project.customers_added": Words("projects", "Added customers to a project", "project"),
    "project.customer_removed": Words("projects", "Took a customer off a project", "project"),
    "project.primary_changed": Words("projects", "Made another customer a project's primary one", "project"),
    "connection.connected": Words("finance", "Connected a finance app", "connection"),
    "connection.reconnected": Words("finance", "Connected a finance app again", "connection"),
    "connection.disconnected": Words("finance", "Disconnected a finance app", "connection"),
    "connection.custom_fields": Words("finance", "Chose which custom fields are shown", "connection"),
    "connection.settings": Words("finance", "Changed how a connection is kept in step", "connection"),
    "connection.census_asked": Words("finance", "Had everything read anew", "connection"),
    "connection.attention": Words("finance", "Lost access to a finance app", "connection"),
    "connection.restored": Words("finance", "Noticed an older database", "connection"),
    "sync.paused": Words("finance", "Paused a sync", "connection"),
    "sync.resumed": Words("finance", "Resumed a sync", "connection"),
    "sync.let_go_on": Words("finance", "Let a held sync go on", "connection"),
    "sync.braked": Words("finance", "Held back what a sync would delete", "connection"),
    "sync.brake_released": Words("finance", "Let through what the brake held", "connection"),
    "sync.brake_kept": Words("finance", "Kept what the brake held", "connection"),
    "conflict.settled": Words("finance", "Settled a conflict"),
    "problem.retried": Words("finance", "Tried what failed again"),
    "problem.relinked": Words("finance", "Linked a customer with another one there", "customer"),
    "problem.adopted": Words("finance", "Took a contact there for the one here", "customer"),
    "problem.created_anew": Words("finance", "Had a record made anew there", "customer"),
    "problem.left_apart": Words("finance", "Left a contact apart from those there", "customer"),
    "problem.left_unlinked": Words("finance", "Left a customer unlinked", "customer"),
    "webhook.made": Words("finance", "Made a webhook", "connection"),
    "webhook.renewed": Words("finance", "Renewed a webhook", "connection"),
    "webhook.removed": Words("finance", "Removed a webhook", "connection"),
    "provider.customer_created": Words("outside", "Created a customer at the provider"),
    "provider.customer_updated": Words("outside", "Updated a customer at the provider"),
    "provider.customer_deleted": Words("outside", "Deleted a customer at the provider"),
    "provider.contact_created": Words("outside", "Created a contact at the provider"),
    "provider.contact_updated": Words("outside", "Updated a contact at the provider"),
    "provider.contact_deleted": Words("outside", "Deleted a contact at the provider"),
    "provider.customer_update_in_doubt": Words("outside", "May have updated a customer at the provider"),
    "provider.customer_deletion_in_doubt": Words("outside", "May have deleted a customer at the provider"),
    "provider.contact_creation_in_doubt": Words("outside", "May have created a contact at the provider"),
    "provider.contact_update_in_doubt": Words("outside", "May have updated a contact at the provider"),
    "provider.contact_deletion_in_doubt": Words("outside", "May have deleted a contact at the provider"),
}
"""Every action that is recorded."""


def words_of(action: str) -> Words:
    """Say an action in words; one of an older or newer version is told by its name."""
    return ACTIONS.get(action) or Words("", action.replace(".", ": ").replace("_", " "))


def of_kind(kind: str) -> list[str]:
    """List the actions of a kind."""
    return [action for action, words in ACTIONS.items() if words.kind == kind]


def matching(text: str) -> list[str]:
    """List the actions whose words hold a text."""
    wanted = text.casefold()
    return [action for action, words in ACTIONS.items() if wanted in words.text.casefold()]
