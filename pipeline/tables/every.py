"""All tables of a dataset, in the order in which its data package lists them."""

from __future__ import annotations

from pipeline.tables.dictionary import DICTIONARY_TABLES
from pipeline.tables.remarks import REMARKS
from pipeline.tables.reports import PRINTED
from pipeline.tables.series import SERIES_TABLES

REPORT_TABLES = PRINTED + REMARKS
TABLES = REPORT_TABLES + SERIES_TABLES + DICTIONARY_TABLES
