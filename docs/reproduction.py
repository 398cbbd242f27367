"""Run every claim of the reproduction ledger again, and publish what became of it."""

from microattention.publish import publish
from microattention.reproduction import reproduce_all

if __name__ == "__main__":
    for row in reproduce_all():
        publish(row.id, row.value)
