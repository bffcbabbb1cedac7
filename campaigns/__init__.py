"""Long searches for faults (crashes, failing disks, tampering, many processes at once); see CONTRIBUTING.md."""
