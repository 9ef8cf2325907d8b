"""Doubles of the outside platforms, behind real HTTP, with a synthetic population and faults on demand.

``python -m infra.sandbox`` serves them; tests use ``server.serve(server.create_app(state))``.  The doubles check what
the real platforms check (signature, time, nonce, purpose, permission) with code of their own: nothing is shared with
``infra.platforms``, so that both must follow the written dialect to understand each other.
"""
