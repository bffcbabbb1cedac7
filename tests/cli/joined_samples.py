"""Files of one invented story: a diary that knows where something lies, and dreams that retell its days."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np

FIRST = dt.date(2026, 1, 1)
DAYS, NIGHTS = 90, range(20, 60)
SYLLABLES = [a + b for a in "bdfgklmnprstvz" for b in ("a", "e", "i", "o", "u", "an", "el", "or")]
PLACES = "id,name,kind,lon,lat\nwat,Old Wat,pagoda,104.910,11.560\npier,Pier,pier,104.918,11.566\n"
WITNESSES = "witness,source_grade,info_grade\nmonk,B,2\n"
CLUES = "id,witness,relation,places,distance_m\ntold,monk,near,Old Wat,200\n"
CASE = """name = "The golden statue"

[area]
bounds = [104.900, 11.550, 104.920, 11.570]
cell_m = 100
segment_m = 400

[files]
assets = "assets.csv"

[plan]
start = 2026-06-01
"""
ASSETS = "name,sweep_m,speed_kmh,hours_per_day\ndetector,1.5,1.5,6\n"


def words(rng: np.random.Generator, count: int) -> str:
    """Return made-up words, hardly one of them twice."""
    return " ".join("".join(rng.choice(SYLLABLES, 3)) for _ in range(count))


@cache
def days_of(seed: int) -> tuple[str, ...]:
    """Return what was written on each day: its own words first, then some of everyday."""
    rng, everyday = np.random.default_rng(seed), words(np.random.default_rng(1), 60).split()
    return tuple(f"{words(rng, 8)} {' '.join(rng.choice(everyday, 8, replace=False))}" for _ in range(DAYS))


def diary(seed: int = 3, life: str = "P01-days") -> str:
    """Return a table of entries."""
    places = dict.fromkeys(range(5, DAYS, 10), ". Rested at the Old Wat.")
    rows = (
        f"{life}-{i},{life},{FIRST + dt.timedelta(i)},gregorian,{day}{places.get(i, '')}\n"
        for i, day in enumerate(days_of(seed))
    )
    return "id,life,date,calendar,text\n" + "".join(rows)


def dreams(person: str = "P01", nights: range = NIGHTS, seed: int = 3) -> str:
    """Return a table of accounts that retell half of the day before them; every fifth speaks of the statue."""
    days, rng = days_of(seed), np.random.default_rng(9)
    rows = (
        f"{person}-a{n},{person},{FIRST + dt.timedelta(n)},gregorian,night_of,{person}-w{n},"
        f"{' '.join(days[n].split()[3:11])} and the {'golden statue' if n % 5 == 0 else 'morning'} {words(rng, 4)}\n"
        for n in nights
    )
    return "id,person,date,calendar,date_means,awakening,text\n" + "".join(rows)


def awakenings(person: str = "P01", nights: range = NIGHTS) -> str:
    """Return a table of awakenings, half of them out of R."""
    rows = (
        f"{person}-w{n},{person},{FIRST + dt.timedelta(n + 1)},gregorian,03:10:00,{'R' if n % 2 else 'N2'},0.9,R\n"
        for n in nights
    )
    return "id,person,date,calendar,time,stage,confidence,rule\n" + "".join(rows)


def register(lives: int = 9, seed: int = 5) -> str:
    """Return a table of lives long past, one of which knows the dreams."""
    rng = np.random.default_rng(seed)
    mine = [row.rsplit(",", 1)[1] for row in dreams().splitlines()[1:5]]
    rows = [f"r{n}-{i},r{n},1801,gregorian,year,register,{words(rng, 20)}" for n in range(lives) for i in range(4)]
    rows += [f"claimed-{i},claimed,1801,gregorian,year,register,{text}" for i, text in enumerate(mine)]
    return "id,life,date,calendar,precision,kind,text\n" + "\n".join(rows) + "\n"
