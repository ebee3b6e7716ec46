from enum import StrEnum


class WaitStatus(StrEnum):
    WAITING = "waiting"
    OFFERED = "offered"  # a hold stands until its deadline
    TAKEN = "taken"  # and it was paid
    PASSED = "passed"  # it was not, or was declined: the next one had it
    LAPSED = "lapsed"  # its time has come, or can't be booked any more
    LEFT = "left"  # the customer has taken themself off the list
