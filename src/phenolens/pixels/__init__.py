"""From camera counts on disk to pixels that training reads at memory speed."""
