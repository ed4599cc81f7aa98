"""The page of a run or sweep: one HTML file that shows what its folder holds, with neither Firedrake nor a network."""

from trona.page.write import NEEDS, LivePage, Pages, is_outdated, page, prepare, put, write_page

__all__ = ["NEEDS", "LivePage", "Pages", "is_outdated", "page", "prepare", "put", "write_page"]
