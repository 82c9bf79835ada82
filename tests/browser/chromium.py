"""The Chromium that the browser's tests drive; `doctor` says which it is."""

from asynclab.lab.chromium import find_chromium as find_chromium
