"""What calls to an endpoint take beside the time that the server takes."""
