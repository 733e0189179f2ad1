"""Who may do what with drafts, reactions, and how a thread ends: rows of `matrix_table`, in the same letters."""

from __future__ import annotations

from typing import Any

# A draft is its writer's alone. The ended thread is the lead's: concluded and locked, with a summary.
#                                         thing    an su re of gu me le fa bo li oa ad
WRITING = """
GET  /drafts                              any      -  R  R  R  R  R  R  R  R  R  R  R
GET  /drafts/{draft_text}                 each     -  -  -  -  -  R  -  -  -  -  -  -
POST /drafts/{draft_text}/delete          each     -  -  -  -  -  >  -  -  -  -  -  -
POST /drafts/reply/{thread}               open     -  x  x  x  >  >  >  >  x  x  x  x
POST /drafts/reply/{thread}               network  -  -  -  x  >  >  >  >  x  x  x  x
POST /drafts/reply/{thread}               private  -  -  -  -  >  >  >  >  -  -  -  -
POST /drafts/thread/{team}                open     -  x  x  x  >  >  >  >  x  x  x  x
POST /drafts/thread/{team}                network  -  -  -  x  >  >  >  >  x  x  x  x
POST /drafts/thread/{team}                private  -  -  -  -  >  >  >  >  -  -  -  -
POST /drafts/edit/{post}                  open     -  x  x  x  x  >  x  x  x  x  x  x
POST /drafts/edit/{post}                  network  -  -  -  x  x  >  x  x  x  x  x  x
POST /drafts/edit/{post}                  private  -  -  -  -  x  >  x  x  -  -  -  -
GET  /threads/{ended}/summary/history     open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{ended}/summary/history     network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{ended}/summary/history     private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /threads/{thread}/summary            open     -  x  x  x  R  R  R  R  x  x  x  x
GET  /threads/{thread}/summary            network  -  -  -  x  R  R  R  R  x  x  x  x
GET  /threads/{thread}/summary            private  -  -  -  -  R  R  R  R  -  -  -  -
POST /threads/{thread}/summary            open     -  x  x  x  >  >  >  >  x  x  x  x
POST /threads/{thread}/summary            network  -  -  -  x  >  >  >  >  x  x  x  x
POST /threads/{thread}/summary            private  -  -  -  -  >  >  >  >  -  -  -  -
GET  /threads/{thread}/conclude           open     -  x  x  x  x  R  R  R  x  x  x  x
GET  /threads/{thread}/conclude           network  -  -  -  x  x  R  R  R  x  x  x  x
GET  /threads/{thread}/conclude           private  -  -  -  -  x  R  R  R  -  -  -  -
POST /threads/{thread}/conclude           open     -  x  x  x  x  >  >  >  x  x  x  x
POST /threads/{thread}/conclude           network  -  -  -  x  x  >  >  >  x  x  x  x
POST /threads/{thread}/conclude           private  -  -  -  -  x  >  >  >  -  -  -  -
POST /threads/{ended}/reopen              open     -  x  x  x  x  x  >  >  x  x  x  x
POST /threads/{ended}/reopen              network  -  -  -  x  x  x  >  >  x  x  x  x
POST /threads/{ended}/reopen              private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /threads/{thread}/lock               open     -  x  x  x  x  x  R  R  x  x  x  x
GET  /threads/{thread}/lock               network  -  -  -  x  x  x  R  R  x  x  x  x
GET  /threads/{thread}/lock               private  -  -  -  -  x  x  R  R  -  -  -  -
POST /threads/{thread}/lock               open     -  x  x  x  x  x  >  >  x  x  x  x
POST /threads/{thread}/lock               network  -  -  -  x  x  x  >  >  x  x  x  x
POST /threads/{thread}/lock               private  -  -  -  -  x  x  >  >  -  -  -  -
POST /threads/{ended}/unlock              open     -  x  x  x  x  x  >  >  x  x  x  x
POST /threads/{ended}/unlock              network  -  -  -  x  x  x  >  >  x  x  x  x
POST /threads/{ended}/unlock              private  -  -  -  -  x  x  >  >  -  -  -  -
GET  /threads/{ended}                     open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /threads/{ended}                     network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /threads/{ended}                     private  -  -  -  -  R  R  R  R  -  -  -  -
POST /threads/{ended}                     open     -  x  x  x  x  x  x  x  x  x  x  x
POST /threads/{ended}                     network  -  -  -  x  x  x  x  x  x  x  x  x
POST /threads/{ended}                     private  -  -  -  -  x  x  x  x  -  -  -  -
POST /posts/{post}/reactions/agree        open     -  x  x  x  >  >  >  >  x  x  x  x
POST /posts/{post}/reactions/agree        network  -  -  -  x  >  >  >  >  x  x  x  x
POST /posts/{post}/reactions/agree        private  -  -  -  -  >  >  >  >  -  -  -  -
POST /posts/{removed}/reactions/agree     private  -  -  -  -  g  g  g  g  -  -  -  -
POST /drafts/summary/{thread}             open     -  x  x  x  >  >  >  >  x  x  x  x
POST /drafts/summary/{thread}             network  -  -  -  x  >  >  >  >  x  x  x  x
POST /drafts/summary/{thread}             private  -  -  -  -  >  >  >  >  -  -  -  -
GET  /posts/{carrier}/files/{attached}    open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /posts/{carrier}/files/{attached}    network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /posts/{carrier}/files/{attached}    private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /posts/{carrier}/files/{pictured}    open     R  R  R  R  R  R  R  R  R  R  R  R
GET  /posts/{carrier}/files/{pictured}    network  -  -  -  R  R  R  R  R  R  R  R  R
GET  /posts/{carrier}/files/{pictured}    private  -  -  -  -  R  R  R  R  -  -  -  -
GET  /posts/{post}/files/{attached}       open     -  -  -  -  -  -  -  -  -  -  -  -
GET  /posts/{post}/files/{attached}       network  -  -  -  -  -  -  -  -  -  -  -  -
GET  /posts/{post}/files/{attached}       private  -  -  -  -  -  -  -  -  -  -  -  -
GET  /posts/{removed}/files/{attached}    private  -  -  -  -  -  -  -  -  -  -  -  -
"""

# Guests, where it is otherwise than for a supplier: the one of a thread writes in it, the one of a whole team reads.
#                                         thing    thread team
GUESTS_WRITING = """
POST /drafts/reply/{thread}               open       >      x
POST /drafts/reply/{thread}               network    >      x
POST /drafts/reply/{thread}               private    >      x
POST /drafts/summary/{thread}             open       >      x
POST /drafts/summary/{thread}             network    >      x
POST /drafts/summary/{thread}             private    >      x
POST /drafts/thread/{team}                network    -      x
POST /drafts/thread/{team}                private    -      x
POST /drafts/edit/{post}                  network    x      x
POST /drafts/edit/{post}                  private    x      x
GET  /threads/{ended}                     network    -      R
GET  /threads/{ended}                     private    -      R
POST /threads/{ended}                     network    -      x
POST /threads/{ended}                     private    -      x
GET  /threads/{ended}/summary/history     network    -      R
GET  /threads/{ended}/summary/history     private    -      R
GET  /threads/{thread}/summary            open       R      x
GET  /threads/{thread}/summary            network    R      x
GET  /threads/{thread}/summary            private    R      x
POST /threads/{thread}/summary            open       >      x
POST /threads/{thread}/summary            network    >      x
POST /threads/{thread}/summary            private    >      x
GET  /threads/{thread}/conclude           network    x      x
GET  /threads/{thread}/conclude           private    x      x
POST /threads/{thread}/conclude           network    x      x
POST /threads/{thread}/conclude           private    x      x
GET  /threads/{thread}/lock               network    x      x
GET  /threads/{thread}/lock               private    x      x
POST /threads/{thread}/lock               network    x      x
POST /threads/{thread}/lock               private    x      x
POST /threads/{ended}/reopen              network    -      x
POST /threads/{ended}/reopen              private    -      x
POST /threads/{ended}/unlock              network    -      x
POST /threads/{ended}/unlock              private    -      x
POST /posts/{post}/reactions/agree        open       >      x
POST /posts/{post}/reactions/agree        network    >      x
POST /posts/{post}/reactions/agree        private    >      x
POST /posts/{removed}/reactions/agree     private    g      g
GET  /posts/{carrier}/files/{attached}    network    R      R
GET  /posts/{carrier}/files/{attached}    private    R      R
GET  /posts/{carrier}/files/{pictured}    network    R      R
GET  /posts/{carrier}/files/{pictured}    private    R      R
"""

# Saving and deleting what only its writer can see ("draft autosave").
WRITES_NO_EVENT = {
    "/drafts/{draft_text}/delete",
    "/drafts/reply/{thread}",
    "/drafts/thread/{team}",
    "/drafts/edit/{post}",
    "/drafts/edit/{hidden}",
    "/drafts/summary/{thread}",
}


def written(name: str, revision: str) -> dict[str, dict[str, Any]]:
    """What somebody types into these forms; `revision` is that of the draft which their page shows."""
    return {
        "/drafts/reply/{thread}": {"body": "Half a", "draft": revision},
        "/drafts/thread/{team}": {"title": "Half a", "body": "thought"},
        "/drafts/edit/{post}": {"body": "Half a", "base_version": "2"},
        "/drafts/summary/{thread}": {"body": "Half a", "base_version": "0"},
        "/posts/{post}/reactions/agree": {"on": "1"},
        "/posts/{removed}/reactions/agree": {"on": "1"},
        "/threads/{ended}": {"body": "Words", "key": f"{name:x<20}"},
        "/threads/{thread}/summary": {"body": "Summed up", "base_version": "0"},
        "/threads/{thread}/conclude": {"body": "Decided"},
        "/threads/{thread}/lock": {"reason": "It is settled"},
    }
