"""What colleagues have to do: tasks, approvals, and promises."""

from relcore._lazy import lazily

TYPE_CHECKING = False
if TYPE_CHECKING:
    from relcore.work.approval import Approval as Approval
    from relcore.work.approval import ApprovalFields as ApprovalFields
    from relcore.work.approval import ApprovalState as ApprovalState
    from relcore.work.approval import EscalateTo as EscalateTo
    from relcore.work.approval import approval_lifecycle as approval_lifecycle
    from relcore.work.approval_rule import ApprovalRule as ApprovalRule
    from relcore.work.approval_rule import ApprovalRules as ApprovalRules
    from relcore.work.approval_rule import Finding as Finding
    from relcore.work.approval_rule import Level as Level
    from relcore.work.approval_rule import Permission as Permission
    from relcore.work.guards import BelongsTo as BelongsTo
    from relcore.work.kept_rate import Denominator as Denominator
    from relcore.work.kept_rate import KeptRate as KeptRate
    from relcore.work.kept_rate import promise_kept_rate as promise_kept_rate
    from relcore.work.prerequisites import Chain as Chain
    from relcore.work.prerequisites import OpenPrerequisites as OpenPrerequisites
    from relcore.work.promise import Done as Done
    from relcore.work.promise import Promise as Promise
    from relcore.work.promise import PromiseFields as PromiseFields
    from relcore.work.promise import PromiseState as PromiseState
    from relcore.work.promise import ReplacedBy as ReplacedBy
    from relcore.work.promise import promise_lifecycle as promise_lifecycle
    from relcore.work.promise import renegotiated as renegotiated
    from relcore.work.recurrence import Every as Every
    from relcore.work.recurrence import MonthEnd as MonthEnd
    from relcore.work.recurrence import Recurrence as Recurrence
    from relcore.work.recurrence import Spawn as Spawn
    from relcore.work.recurrence import Weekday as Weekday
    from relcore.work.task import DeferTo as DeferTo
    from relcore.work.task import Series as Series
    from relcore.work.task import Task as Task
    from relcore.work.task import TaskFields as TaskFields
    from relcore.work.task import TaskState as TaskState
    from relcore.work.task import task_lifecycle as task_lifecycle
    from relcore.work.vote import Decision as Decision
    from relcore.work.vote import Delegation as Delegation
    from relcore.work.vote import Delegations as Delegations
    from relcore.work.vote import Vote as Vote

__all__ = [
    "Approval",
    "ApprovalFields",
    "ApprovalRule",
    "ApprovalRules",
    "ApprovalState",
    "BelongsTo",
    "Chain",
    "Decision",
    "DeferTo",
    "Delegation",
    "Delegations",
    "Denominator",
    "Done",
    "EscalateTo",
    "Every",
    "Finding",
    "KeptRate",
    "Level",
    "MonthEnd",
    "OpenPrerequisites",
    "Permission",
    "Promise",
    "PromiseFields",
    "PromiseState",
    "Recurrence",
    "ReplacedBy",
    "Series",
    "Spawn",
    "Task",
    "TaskFields",
    "TaskState",
    "Vote",
    "Weekday",
    "approval_lifecycle",
    "promise_kept_rate",
    "promise_lifecycle",
    "renegotiated",
    "task_lifecycle",
]

__getattr__, __dir__ = lazily(
    __name__,
    {
        "Approval": "relcore.work.approval",
        "ApprovalFields": "relcore.work.approval",
        "ApprovalRule": "relcore.work.approval_rule",
        "ApprovalRules": "relcore.work.approval_rule",
        "ApprovalState": "relcore.work.approval",
        "BelongsTo": "relcore.work.guards",
        "Chain": "relcore.work.prerequisites",
        "Decision": "relcore.work.vote",
        "DeferTo": "relcore.work.task",
        "Delegation": "relcore.work.vote",
        "Delegations": "relcore.work.vote",
        "Denominator": "relcore.work.kept_rate",
        "Done": "relcore.work.promise",
        "EscalateTo": "relcore.work.approval",
        "Every": "relcore.work.recurrence",
        "Finding": "relcore.work.approval_rule",
        "KeptRate": "relcore.work.kept_rate",
        "Level": "relcore.work.approval_rule",
        "MonthEnd": "relcore.work.recurrence",
        "OpenPrerequisites": "relcore.work.prerequisites",
        "Permission": "relcore.work.approval_rule",
        "Promise": "relcore.work.promise",
        "PromiseFields": "relcore.work.promise",
        "PromiseState": "relcore.work.promise",
        "Recurrence": "relcore.work.recurrence",
        "ReplacedBy": "relcore.work.promise",
        "Series": "relcore.work.task",
        "Spawn": "relcore.work.recurrence",
        "Task": "relcore.work.task",
        "TaskFields": "relcore.work.task",
        "TaskState": "relcore.work.task",
        "Vote": "relcore.work.vote",
        "Weekday": "relcore.work.recurrence",
        "approval_lifecycle": "relcore.work.approval",
        "promise_kept_rate": "relcore.work.kept_rate",
        "promise_lifecycle": "relcore.work.promise",
        "renegotiated": "relcore.work.promise",
        "task_lifecycle": "relcore.work.task",
    },
)
