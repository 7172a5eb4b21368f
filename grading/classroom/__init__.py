"""A whole class: from the download of a learning management system (LMS) to marks, feedback and a gradebook."""
