"""Plain-JDK programs that run generated classes over rows; a package so that the wheel carries them."""
