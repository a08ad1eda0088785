"""Calendars of a sub-account and the appointments in them. Source: https://docs.vantaxai.com/docs/calendars."""

from __future__ import annotations

from typing import Any

from simulator.provider import Call, Page, Sorted
from simulator.providers.vantax.account import State, provider
from simulator.providers.vantax.dates import moment, within_dates
from simulator.providers.vantax.events import tell_of_appointment
from simulator.providers.vantax.records import Appointment, Calendar
from simulator.providers.vantax.resources import appointments, calendars, contacts

MIN_SLOT, MAX_SLOT = 5, 480  # minutes; other values are clamped (create-calendar)


@provider.operation("list_calendars")
def list_calendars(call: Call[State]) -> Page[Calendar]:
    """Return the sub-account's calendars in the order of their names; all, or only the active or inactive ones."""
    return calendars.page(call, Sorted(calendars.list(call), lambda calendar: (calendar.name.lower(), calendar.id)))


@provider.operation("create_calendar", message="Calendar created successfully")
def create_calendar(call: Call[State]) -> Calendar:
    """Add a calendar."""
    return calendars.create_from_body(call, **_slot(call.body))


provider.operation("get_calendar")(calendars.get)
provider.operation("delete_calendar", message="Calendar deleted successfully")(calendars.delete)  # its appointments stay


@provider.operation("update_calendar", message="Calendar updated successfully")
def update_calendar(call: Call[State]) -> Calendar:
    """Change the members that are sent."""
    return calendars.change_from_body(call, calendars.get(call), **_slot(call.sent))


def _slot(body: dict[str, Any]) -> dict[str, int]:
    minutes = body.get("slot_duration_minutes")
    return {} if minutes is None else {"slot_duration_minutes": min(max(minutes, MIN_SLOT), MAX_SLOT)}


@provider.operation("list_appointments")
def list_appointments(call: Call[State]) -> Page[Appointment]:
    """Return the sub-account's appointments, the latest first; all, or those that the parameters select."""
    listing = within_dates(call, appointments.list(call), lambda appointment: appointment.appointment_date)
    return appointments.page(call, Sorted(listing, lambda appointment: appointment.appointment_date, reverse=True))


@provider.operation("create_appointment", message="Appointment created successfully")
def create_appointment(call: Call[State]) -> Appointment:
    """Add an appointment with a contact; its default duration is the slot of its calendar."""
    contacts.get(call, call.body["contact_id"])
    slot = calendars.get(call, call.body["calendar_id"]).slot_duration_minutes if "calendar_id" in call.body else 30
    appointment = appointments.create_from_body(call, duration=call.body.get("duration", slot), **_date(call.body))
    tell_of_appointment(call.account, appointment, call.now)
    return appointment


provider.operation("get_appointment")(appointments.get)
provider.operation("delete_appointment", message="Appointment deleted successfully")(appointments.delete)


@provider.operation("update_appointment", message="Appointment updated successfully")
def update_appointment(call: Call[State]) -> Appointment:
    """Change the members that are sent."""
    appointment = appointments.get(call)
    if "calendar_id" in call.sent:
        calendars.get(call, call.sent["calendar_id"])
    return appointments.change_from_body(call, appointment, **_date(call.sent))


def _date(body: dict[str, Any]) -> dict[str, Any]:
    return {name: moment(text, name) for name, text in body.items() if name == "appointment_date"}
