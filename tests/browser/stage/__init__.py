"""Every page in every state, without workers and without a provider: what pages show is in the tables.

- ``server``  the portal's pages behind a real address
- ``names``   whose names stand on the pages: the practice data, and what is hard to show
- ``portal``  a portal of its own for each scene, and how its states are put
- ``scenes``  the scenes, by area: door, connections, plugins, picker, reviews, runs, customers
- ``checks``  what must hold on every scene
"""
