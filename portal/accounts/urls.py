from django.urls import URLPattern, path

from portal.accounts.views import me, people, session

app_name = "accounts"
urlpatterns: list[URLPattern] = [
    path("sign-in/", session.page, name="sign_in"),
    path("sign-in/sample/", session.as_sample_person, name="sample_sign_in"),
    path("sign-out/", session.sign_out, name="sign_out"),
    path("first-admin/", session.create_first_admin, name="first_admin"),
    path("welcome/", session.choose_password, name="choose_password"),
    path("me/", me.me, name="me"),
    path("me/password/", me.change_password, name="change_password"),
    path("me/tokens/", me.tokens, name="tokens"),
    path("me/tokens/<int:number>/revoke/", me.revoke_token, name="revoke_token"),
    path("accounts/", people.people, name="people"),
    path("accounts/new/", people.new_person, name="new_person"),
    path("accounts/people/<str:key>/", people.person, name="person"),
    path("accounts/people/<str:key>/role/", people.change_role, name="change_role"),
    path("accounts/people/<str:key>/active/", people.set_active, name="set_active"),
    path("accounts/people/<str:key>/link/", people.password_link, name="password_link"),
    path("accounts/people/<str:key>/teams/add/", people.add_membership, name="add_membership"),
    path(
        "accounts/people/<str:key>/teams/remove/",
        people.remove_membership,
        name="remove_membership",
    ),
    path(
        "accounts/people/<str:key>/tokens/<int:number>/revoke/",
        people.revoke_token,
        name="revoke_token_of",
    ),
]
