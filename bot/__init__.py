"""The gateway of the SEND helpline's assistant."""
