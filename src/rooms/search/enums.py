from enum import StrEnum


class StudioSort(StrEnum):
    RELEVANCE = "relevance"
    DISTANCE = "distance"
    NEWEST = "newest"


class SearchSort(StrEnum):
    RELEVANCE = "relevance"
    DISTANCE = "distance"
    NEWEST = "newest"
    PRICE = "price"
